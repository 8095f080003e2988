# One image for every process; docker-compose.yml says which one it is. `python3 manage.py up` needs none of this.
FROM python:3.11-slim AS packages
WORKDIR /build
COPY config/boot/installer.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r installer.txt \
 && python -m venv /opt/rabta \
 && uv pip install --no-cache --python /opt/rabta/bin/python --compile-bytecode --require-hashes -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /home/rabta rabta
COPY --from=packages /opt/rabta /opt/rabta
WORKDIR /srv/rabta
COPY . .
ENV PATH=/opt/rabta/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RABTA_NO_VENV=1 \
    RABTA_STATE_DIR=/var/lib/rabta \
    STATIC_ROOT=/srv/rabta-static \
    DJANGO_SETTINGS_MODULE=config.settings
# Static files and translations are part of the image. The values below exist for this one command only and open nothing.
RUN mkdir -p /var/lib/rabta /srv/rabta-static \
 && SECRET_KEY=build FIELD_KEYS="k1:$(head -c 32 /dev/zero | base64)" REDIS_URL=redis://build.invalid:6379/0 \
    DATABASE_URL=postgresql://build@build.invalid/build DATABASE_OWNER_URL=postgresql://build@build.invalid/build \
    python manage.py collectstatic --noinput \
 && for catalogue in locale/*/LC_MESSAGES/*.po; do \
      if [ -e "$catalogue" ]; then pybabel compile -i "$catalogue" -o "${catalogue%.po}.mo"; fi; done \
 && chown -R rabta:rabta /var/lib/rabta /srv/rabta-static
USER rabta
EXPOSE 8000
CMD ["python", "-m", "config.server", "--host", "0.0.0.0", "--port", "8000"]
