FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65534 /prometheus /etc/prometheus
USER 65534
VOLUME /prometheus
ENTRYPOINT ["prometheus"]
