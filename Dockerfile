# dockgate: mutual TLS in front of a Docker daemon.
#
#   docker build -t dockgate .
#   docker run -d --name dockgate -p 2376:2376 \
#     -v /var/run/docker.sock:/var/run/docker.sock \
#     --group-add "$(stat -c %g /var/run/docker.sock)" \
#     -v dockgate-certs:/var/lib/dockgate/certs \
#     -v dockgate-logs:/var/lib/dockgate/logs \
#     dockgate serve --init --san docker.example.org
#
# --san names the host as clients dial it: the container does not know that name. The client's
# certificate is then in /var/lib/dockgate/certs/clients/admin ("docker cp" fetches it). Calls in flight
# get 30 s to finish: stop with "docker stop -t 35".

ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
# package.json stays beside dist/: it says that the files are ES modules, and which version this is.
COPY package.json LICENSE /opt/dockgate/
COPY --from=dependencies /src/node_modules /opt/dockgate/node_modules
COPY --from=build /src/dist /opt/dockgate/dist
# ./certs and ./logs, the defaults of every command, are below this directory.
WORKDIR /var/lib/dockgate
RUN install -d -o node -g node -m 0700 certs logs
VOLUME ["/var/lib/dockgate/certs", "/var/lib/dockgate/logs"]
USER node
EXPOSE 2376
ENTRYPOINT ["node", "/opt/dockgate/dist/main.js"]
CMD ["serve", "--init"]
