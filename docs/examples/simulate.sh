# How to test a program in any language: here it is curl, in bash 4 or newer.
coproc SIMULATOR { exec tencent-ci simulate --unsigned --control 2>/dev/null; }
read -r line <&"${SIMULATOR[0]}"                      # comes when the simulator listens
value() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$line" "$1"; }
endpoint=$(value endpoint) control=$(value control)

# A job that runs for ever, until the test ends it.
curl -s -d '{"job_id": "j1", "runs_for": "forever"}' "$control/jobs"
curl -s "$endpoint/jobs/j1" | grep -o '<State>.*</State>'
curl -s -X PUT -d '{"state": "Failed", "message": "No video stream"}' "$control/jobs/j1"
curl -s "$endpoint/jobs/j1" | grep -o '<State>.*</State>'

# The service is overloaded, once.
curl -s -d '{"kind": "status", "status": 429, "code": "SlowDown"}' "$control/faults"
curl -s -o /dev/null -w '%{http_code}\n' "$endpoint/jobs/j1"
curl -s -o /dev/null -w '%{http_code}\n' "$endpoint/jobs/j1"

kill "$SIMULATOR_PID"
wait "$SIMULATOR_PID"
echo "exit code $?"
