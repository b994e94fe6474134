# One image for all three jobs: migrate, portal, worker (see compose.yaml). An example; build and try it where you run it.
FROM node:22-bookworm-slim
WORKDIR /opt/mailferry
COPY package.json package-lock.json .npmrc ./
# With the development packages: the portal is built here, and its settings are TypeScript.
RUN npm ci --no-audit --no-fund --include=dev
COPY . .
RUN npm run build \
  && mkdir -p /var/lib/mailferry && chown node:node /var/lib/mailferry && chmod 700 /var/lib/mailferry
ENV NODE_ENV=production MAILFERRY_DATA=/var/lib/mailferry
VOLUME /var/lib/mailferry
# The code belongs to root, the programs run as somebody else and need to write nothing but the data folder and /tmp.
USER node
EXPOSE 3000
# node itself, not npm: signals reach the program once.
CMD ["node", "cli/worker.mjs"]
