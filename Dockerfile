# dockgate: mutual TLS in front of a Docker daemon. docs/container.md tells how to run it.

# The newest LTS of Node.js, as a slim Debian.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM dependencies AS build
COPY tsconfig.json tsconfig.build.json rolldown.config.ts ./
COPY src ./src
RUN npm run --silent build && chmod 0755 dist/main.js

FROM ${NODE_IMAGE}
# "container" tells programs where they are (systemd's Container Interface): our advice is another one here.
ENV NODE_ENV=production container=docker
# package.json stays beside dist/: it says that the files are ES modules, and which version this is.
COPY package.json LICENSE /opt/dockgate/
COPY --from=build /src/dist /opt/dockgate/dist
# ./certs and ./logs, the defaults of every command, are below this directory. A new volume takes owner and mode over
# from here.
WORKDIR /var/lib/dockgate
RUN ln -s /opt/dockgate/dist/main.js /usr/local/bin/dockgate \
 && mkdir -m 0700 certs logs \
 && chown node:node certs logs
VOLUME ["/var/lib/dockgate/certs", "/var/lib/dockgate/logs"]
# By number, so that whoever demands a user that is not root can see it: this is "node".
USER 1000:1000
EXPOSE 2376
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["dockgate", "health"]
ENTRYPOINT ["dockgate"]
CMD ["serve", "--init"]
# Last: what changes with every build costs no layer above it.
ARG NODE_IMAGE
ARG VERSION=0.1.0
# --build-arg REVISION="$(git rev-parse HEAD)"
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dockgate" \
      org.opencontainers.image.description="A gate in front of a Docker daemon: mutual TLS, certificates with a life, and a record of who did what." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/${NODE_IMAGE}"
