FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus-alertmanager && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65534 /alertmanager /etc/alertmanager
USER 65534
VOLUME /alertmanager
ENTRYPOINT ["prometheus-alertmanager"]
