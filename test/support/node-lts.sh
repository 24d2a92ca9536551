#!/bin/bash
# Runs the integration and security tests on the newest LTS of Node.js, which the npm package `node`
# provides. Arguments go to vitest: file names, -t PATTERN, …
set -euo pipefail
cd "$(dirname "$0")/../.."

newest_lts=24

node=$(npm exec --yes --package="node@$newest_lts" -- node --print process.execPath)
echo "integration and security tests on Node.js $("$node" --version)"
# The workers of vitest are forks of the Node.js that runs it.
exec "$node" node_modules/vitest/vitest.mjs run --project integration --project security "$@"
