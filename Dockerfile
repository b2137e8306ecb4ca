# The program as one static file, with the shell that runners of pipelines ask for.
FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN host=$(rustc --print host-tuple) && \
    RUSTFLAGS='-C target-feature=+crt-static' CARGO_PROFILE_DIST_STRIP=true \
    cargo build --profile dist --locked --target "$host" && \
    mv "target/$host/dist/palisade" /palisade

FROM busybox:1.37
# A repository that is mounted belongs to somebody else; who mounts it trusts it.
RUN printf '[safe]\n\tdirectory = *\n' > /etc/gitconfig
COPY --from=build /palisade /bin/palisade
COPY LICENSE /usr/share/doc/palisade/LICENSE
WORKDIR /work
CMD ["palisade", "check"]
