"""Mails nobody should have to read, written for the tests after what networks.md saw among real ones. Name, then source."""

from tests.social.networks.mailservers import mail

_HEAD = b"From: Eve <eve@evil.example>\r\nTo: support@anar.example\r\nSubject: Hostile\r\nMessage-ID: <%s@evil.example>\r\n"


def made(name: str, rest: bytes) -> bytes:
    return _HEAD % name.encode() + rest


def nested(levels: int) -> bytes:
    """A mail whose parts lie inside each other."""
    inside = b"Content-Type: text/plain\r\n\r\nAt the bottom\r\n"
    for level in range(levels):
        mark = b"b%d" % level
        opened = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n' % (mark, mark)
        inside = opened + inside + b"\r\n--%s--\r\n" % mark
    return inside


def attached(name: bytes) -> bytes:
    """A part with a name of its own."""
    return b"--b\r\nContent-Disposition: attachment; " + name + b"\r\n\r\nx\r\n--b--\r\n"


TEXT, HTML = b"Content-Type: text/plain; charset=", b"Content-Type: text/html\r\n\r\n"
REPORT = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
HOSTILE: dict[str, bytes] = {
    "no id, no date": b"From: eve@evil.example\r\n\r\nHello\r\n",
    "nothing but a body": b"\r\nonly this\r\n",
    "empty": b"\r\n",
    "binary": bytes(range(256)) * 40,
    "NUL bytes": made("nul", b"Subject: a\x00b\r\nX\x00Y: 1\r\n\r\nHe\x00llo\r\n"),
    "unknown charset": made("charset", b"Content-Type: text/plain; charset=x-nobody-knows\r\n\r\nGr\xfc\xdfe\r\n"),
    "a charset that is none": made("codec", b"Content-Type: text/plain; charset=idna\r\n\r\n" + b"xn--a" * 30_000),
    "a charset that escapes": made("escape", b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\ud800 \\x00\r\n"),
    "utf-16 that is cut": made("utf16", TEXT + b"utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n//5oAGUAbABsAG8\r\n"),
    "nested 50 levels": made("nested50", nested(50)),
    "nested 2000 levels": made("nested2000", nested(2000)),
    "100,000 empty parts": made("parts", MIXED + b"--b\r\n\r\nx\r\n" * 100_000),
    "a boundary of one dash": made("dash", b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"---\r\n" * 100_000),
    "a boundary that never comes": made("never", b"Content-Type: multipart/mixed; boundary=nowhere\r\n\r\nHello all the same\r\n"),
    "no boundary at all": made("none", b"Content-Type: multipart/mixed\r\n\r\nHello all the same\r\n"),
    "a type of semicolons": made("semicolons", b"Content-Type: multipart/mixed; " + b";" * 1_900_000 + b"\r\n\r\nHello\r\n"),
    "a type of quotes": made("quotes", b'Content-Type: text/plain; name="' + b'\\"' * 500_000 + b"\r\n\r\nHello\r\n"),
    "a field folded 100,000 times": made("folded", b"X-Long:" + b"\r\n y" * 100_000 + b"\r\n\r\nHello\r\n"),
    "50,000 fields": made("fields", b"".join(b"X-%d: y\r\n" % number for number in range(50_000)) + b"\r\nHello\r\n"),
    "a group in To": mail(901, message_id="<group@evil.example>", to="undisclosed-recipients:;"),
    "a group in From": mail(902, message_id="<group2@evil.example>", **{"from": "Team: a@evil.example, b@evil.example;"}),
    "addresses of brackets": mail(903, message_id="<br@evil.example>", **{"from": "<" * 5000 + "(" * 5000 + '"' * 5001}),
    "a name with another address": mail(904, message_id="<2@e.example>", **{"from": '"support@anar.example" <eve@evil.example>'}),
    "encoded words without end": mail(905, message_id="<words@evil.example>", subject="=?utf-8?B?" * 30_000),
    "encoded words that break lines": mail(906, message_id="<lines@evil.example>", subject="=?utf-8?Q?a=0D=0ABcc:_x@y.example?="),
    "an encoded half of a pair": mail(907, message_id="<pair@evil.example>", subject="=?utf-16?B?2AA=?= =?utf-7?Q?+2AA-?="),
    "base64 that is none": made("base64", b"Content-Transfer-Encoding: base64\r\n\r\n!!!!%%%% not base64 A\r\n"),
    "quoted-printable that is cut": made("qp", b"Content-Transfer-Encoding: quoted-printable\r\n\r\nH=\r\n=E4=F=ZZ=\r\n"),
    "script in HTML": made("script", HTML + b"<script>alert(1)</script><a href='javascript:alert(1)'>x</a><p>Hi\r\n"),
    "HTML of open tags": made("tags", HTML + b"<div><blockquote>" * 50_000 + b"deep"),
    "a name that climbs": made("climbs", MIXED + attached(b'filename="../../etc/passwd"')),
    "a name that turns": made("turns", MIXED + attached(b"filename*=utf-8''invoice%E2%80%AEfdp.exe")),
    "quotes without end": made("quoted", b"\r\n" + b"On 1 Jan wrote:\r\n> x\r\nme\r\n" * 20_000),
    "references without end": mail(908, message_id="<refs@evil.example>", references="<a@b> " * 20_000),
    "an id of many lines": mail(909, message_id="<x\r\n y@evil.example>"),
    "an id of 5000 letters": mail(910, message_id="<" + "x" * 5000 + "@evil.example>"),
    "a report without end": made("report", REPORT + b"Final-Recipient: rfc822;x\r\n" * 50_000),
    "bare carriage returns": b"From: eve@evil.example\rTo: x@y.example\rMessage-ID: <cr@evil.example>\r\rHello\r",
}
