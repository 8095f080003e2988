"""The page at which a customer says how it was. Nobody signs in: the address is the key, and opens this one question."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.selectors import workspace_name
from core.errors import Invalid, NotFound, RabtaError
from core.limits import take
from core.tenancy import tenant
from inbox.models import Survey
from inbox.services import surveys

#: From one address in a minute, and for one question in an hour: more than people need.
MOST_A_MINUTE = 30
MOST_AN_HOUR = 40


class TooOften(RabtaError):
    """Somebody asks too often."""

    status = 429
    code = "throttled"


@require_http_methods(["GET", "POST"])
def rating(request: HttpRequest, token: str) -> HttpResponse:
    """The question; with POST, its answer: `score`, `comment`, or both. Looking changes nothing: programs open links, too."""
    wanted = request.GET.get("lang", "")
    try:
        if take(f"rate:{client_address(request)}", most=MOST_A_MINUTE, seconds=60):
            raise TooOften(_("Too many requests."))
        workspace_id, survey_id = surveys.behind(token)
        if take(f"rate:{workspace_id}:{survey_id}", most=MOST_AN_HOUR, seconds=3600):
            raise TooOften(_("Too many requests."))
        with tenant(workspace_id, step="survey.answer"):
            row = surveys.open_survey(survey_id)
            with translation.override(wanted if wanted in surveys.LANGUAGES else row.language or "en"):
                return _page(request, row, _answered(request, row) if request.method == "POST" else "")
    except RabtaError as error:
        if not isinstance(error, NotFound | surveys.Expired | TooOften):
            raise
        return render(request, "inbox/rating_over.html", {"words": str(error)}, status=error.status)


def _answered(request: HttpRequest, row: Survey) -> str:
    """Take the answer. Returns what is wrong with it, or nothing."""
    given = request.POST.get("score", "")
    score = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else 0 if given else None
    try:
        kept = surveys.answer(survey_id=row.id, score=score, comment=request.POST.get("comment"))
    except Invalid as error:
        return str(error)
    row.score, row.comment = kept.score, kept.comment
    return ""


def _page(request: HttpRequest, row: Survey, wrong: str) -> HttpResponse:
    language = translation.get_language() or "en"
    labels = [_("Very bad"), _("Bad"), _("So so"), _("Good"), _("Very good")]
    context = {
        "survey": row,
        "company": workspace_name(row.workspace_id),
        "faces": [{**face, "label": label} for face, label in zip(row.faces, labels, strict=True)],
        "language": language,
        "bidi": translation.get_language_bidi(),
        "languages": [("en", "English"), ("ur", "اردو"), ("fa", "فارسی"), ("ar", "العربية")],
        "thanks": request.method == "POST" and not wrong,
        "wrong": wrong,
    }
    response = render(request, "inbox/rating.html", context, status=422 if wrong else 200)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response
