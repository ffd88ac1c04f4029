# One image, several commands: docker run backhaul gateway | subgraphs | worker | sandbox.
# Node 24 comes from the official image, so the npm package `node` and the other development dependencies stay out.
FROM node:24-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY . .
RUN mkdir -p .data && chown node:node .data
USER node
ENV NODE_ENV=production
ENTRYPOINT ["node", "start.ts"]
