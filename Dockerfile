# One image for worker and command line: the program's jars and the launcher beside them.
FROM maven:3.9.11-eclipse-temurin-17 AS build
WORKDIR /kedge
COPY . .
RUN mvn -q -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true -Djacoco.skip=true package

FROM eclipse-temurin:17.0.17_10-jre
RUN useradd --system --create-home --uid 10001 kedge
WORKDIR /opt/kedge
COPY --from=build /kedge/embedded/target/kedge/lib lib
COPY --from=build /kedge/kedge kedge
USER kedge
ENTRYPOINT ["/opt/kedge/kedge"]
CMD ["worker", "--ready-file", "/tmp/kedge-ready"]
