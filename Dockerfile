# syntax=docker/dockerfile:1
# The service as a small image that runs as nobody in particular. Build: docker build -t nguongoc .

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock askama.toml* ./
COPY src ./src
COPY assets ./assets
COPY migrations ./migrations
# The manifest names the benches; cargo wants their files to exist, though none is built.
COPY benches ./benches
# The caches are no layers: what is built must leave them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --bin nguongoc \
    && install -D -m 0755 target/release/nguongoc /out/nguongoc

FROM debian:bookworm-slim
# Certificates for TLS to the database and to webhooks; time zones, because Vietnam's day is not UTC's.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 nguongoc \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/nguongoc --shell /usr/sbin/nologin nguongoc \
    && install -d -o nguongoc -g nguongoc -m 0700 /var/lib/nguongoc
COPY --from=build /out/nguongoc /usr/local/bin/nguongoc
COPY LICENSE /usr/share/doc/nguongoc/LICENSE

USER 10001:10001
WORKDIR /var/lib/nguongoc
ENV NGUONGOC_LISTEN=0.0.0.0:8080 \
    NGUONGOC_DATA=/var/lib/nguongoc
VOLUME /var/lib/nguongoc
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["nguongoc", "doctor"]
ENTRYPOINT ["nguongoc"]
CMD ["serve"]
