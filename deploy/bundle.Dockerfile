# A model that travels with its server: for hosts that reach no registry, and as the last resort of those that do.
#
#     docker build -f deploy/bundle.Dockerfile -t tenure:serve-7 models/bundles/<identity>
ARG API=tenure:serve
FROM ${API}
COPY . /bundle
ENV TENURE_BAKED_BUNDLE=/bundle
