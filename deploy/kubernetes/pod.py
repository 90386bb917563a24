"""Prints a job's pod as assignments for a shell: arguments, environment, mounts, probes, user, group, completions.

usage: pod.py headstart.yaml JOB
"""

import shlex
import sys

import yaml

path, name = sys.argv[1:]
with open(path) as file:
    job = next(d for d in yaml.safe_load_all(file) if d["kind"] == "Job" and d["metadata"]["name"] == name)
pod = job["spec"]["template"]["spec"]
[container] = pod["containers"]
context = {**pod["securityContext"], **container["securityContext"]}
required = {"runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False}
for key, value in required.items():
    assert context[key] == value, f"{name}: {key} must be {value}"
assert context["capabilities"]["drop"] == ["ALL"], f"{name}: every capability must be dropped"


def array(variable, words):
    print(f"{variable}=({' '.join(map(shlex.quote, words))})")


array("arguments", container["args"])
array("environment", [f"{e['name']}={e['value']}" for e in container.get("env", [])])
array("mounts", [f"{m['name']}:{m['mountPath']}:{'ro' if m.get('readOnly') else 'rw'}" for m in container["volumeMounts"]])
ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
gets = [container[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe") if kind in container]
array("probes", [f"{ports.get(g['port'], g['port'])}{g['path']}" for g in gets])
print(f"user={context['runAsUser']} group={context['runAsGroup']} completions={job['spec'].get('completions', 1)}")
