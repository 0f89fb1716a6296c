FROM python:3.11-slim-bookworm
RUN python -m pip install --quiet --no-cache-dir aiosmtpd
USER 65534
CMD ["python", "-u", "-m", "aiosmtpd", "-n", "-l", "0.0.0.0:1025", "-c", "aiosmtpd.handlers.Debugging", "stdout"]
