#!/bin/bash
# Runs the integration tests on the newest LTS of Node.js, which the npm package `node` provides.
# Arguments go to vitest: file names, -t PATTERN, --project security, …
set -euo pipefail
cd "$(dirname "$0")/../.."

newest_lts=24

# The package fetches the binary in its install script; without that, npm would run the node on the PATH.
node=$(npm exec --yes --ignore-scripts=false --package="node@$newest_lts" -- node --print process.execPath)
version=$("$node" --version)
if [[ $version != v$newest_lts.* ]]; then
  echo "test:lts: wanted Node.js $newest_lts, got $version from $node" >&2
  exit 1
fi
echo "integration tests on Node.js $version"
# The workers of vitest are forks of the Node.js that runs it.
exec "$node" node_modules/vitest/vitest.mjs run --project integration "$@"
