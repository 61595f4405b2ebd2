#!/bin/sh
# Makes the namespace and Kedge's search attributes, if they are not there.
set -eu
temporal operator namespace describe --namespace default > /dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 720h
# A new namespace is known to every part of the server after some seconds.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if temporal operator search-attribute create --namespace default \
    --name KedgePhase --type Keyword --name KedgeState --type Keyword --name KedgeOwner --type Keyword; then
    exit 0
  fi
  if temporal operator search-attribute list --namespace default | grep -q KedgeOwner; then
    exit 0
  fi
  echo "search attributes: attempt $attempt failed, again in 3 s" >&2
  sleep 3
done
exit 1
