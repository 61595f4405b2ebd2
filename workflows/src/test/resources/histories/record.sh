#!/bin/sh
# Records the histories of a release, from the code as it stands: record.sh 0.2.0
# A recorded history is a promise to whoever runs that release: it is never recorded again.
set -eu
version=${1:?usage: record.sh VERSION}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "$here/../../../../.."
mvn -q -B -ntp -pl workflows test-compile
mvn -q -B -ntp -pl workflows dependency:build-classpath -Dmdep.outputFile=target/test.classpath
cd workflows
exec java -cp "target/test-classes:target/classes:$(cat target/test.classpath)" \
  dev.kedge.workflow.HistoryRecorder "$here/$version"
