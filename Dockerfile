# The server with the sample plugins and workflows. Two stages on Debian 12: the second has no
# compiler and runs as an unprivileged user.
FROM debian:12 AS build
WORKDIR /source
COPY . .
RUN ./run --build

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpq5 libsqlite3-0 libyaml-cpp0.7 librdkafka1 libprotobuf32 libprometheus-cpp-core1.0 \
      libspdlog1.10 libxxhash0 libzstd1 libre2-9 libcurl4 libssl3 libboost-filesystem1.81.0 \
      libboost-system1.81.0 curl ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --home-dir /var/lib/sagaloom --create-home sagaloom
COPY --from=build /source/build/release/bin/sagaloom /usr/lib/sagaloom/sagaloom
COPY --from=build /source/build/release/bin/plugins /usr/lib/sagaloom/plugins
COPY --from=build /source/build/release/bin/workflows /usr/lib/sagaloom/workflows
COPY deploy/sagaloom.yaml /etc/sagaloom/sagaloom.yaml
RUN ln -s /usr/lib/sagaloom/sagaloom /usr/bin/sagaloom
USER sagaloom
WORKDIR /var/lib/sagaloom
ENTRYPOINT ["sagaloom"]
CMD ["serve", "--config", "/etc/sagaloom/sagaloom.yaml"]
