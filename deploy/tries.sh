# What the tries share, to be sourced: a folder that goes away at the end, sample pictures with the model that a local
# run makes of them, and hosts made of network namespaces, each with an address, a name and nothing else in common.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

work=$(mktemp -d "${TMPDIR:-/tmp}/headstart-try.XXXXXX")
chmod 755 "$work"
net=hs$$
hosts=()
pids=()
# So short a look-ahead keeps the last epochs from being all but done by the time that something is killed.
options=(--weights random:7 --batch-size 12 --lookahead 24)

clean() {
    local status=$? host pid number
    # Whoever read what is said here may be gone.
    trap '' PIPE
    if ((status != 0 && status != 77)); then tail -n 20 "$work"/*.log >&2 || true; fi
    for host in "${hosts[@]}"; do take_down "$host" && ip netns delete "$net-$host" || true; done
    for pid in "${pids[@]}"; do { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true; done
    # A namespace may live on for a minute, for a connection's sake; its link need not.
    for number in "${!hosts[@]}"; do ip link delete "$net.$((number + 1))" 2>/dev/null || true; done
    ip link delete "$net" 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT
# A signal's turn comes when the running command has ended, or that would write on into what is cleaned.
trap 'exit 130' INT
trap 'exit 143' HUP TERM
trap 'exit 141' PIPE

fail() {
    echo "error: $1" >&2
    exit 1
}

# cannot REASON: this machine can't run the trial, which is no failure of what is tried.
cannot() {
    echo "error: $1" >&2
    exit 77
}

# need PROGRAM PACKAGE...: says what to install where a program is missing.
need() {
    local program=$1
    shift
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || cannot "$program is missing; apt-get install $*"
}

need_root() { ((EUID == 0)) || cannot "hosts and mounts are root's to make; run it with sudo"; }

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "waited in vain for: $*"
        sleep 0.2
    done
}

# make_pictures EPOCHS [PICTURES]: draws $work/pictures, 12 of a class if nothing else is said, trains on them locally, and sets $expected to the model's digest.
make_pictures() {
    options+=(--epochs "$1")
    "$headstart" sample "$work/pictures" --pictures "${2:-12}" >"$work/sample.log"
    "$headstart" train "$work/pictures/train" --validation "$work/pictures/val" --out "$work/local" \
        --cache "$work/local-cache" "${options[@]}" >"$work/local.log" 2>&1
    expected=$(sha256sum <"$work/local/model.safetensors")
}

# same_bytes RUN: the model must be the local run's.
same_bytes() {
    [[ $(sha256sum <"$1/model.safetensors") == "$expected" ]] || fail "the model has other bytes than a local run's"
    echo "the same bytes as a local run: ${expected%% *}"
}

# make_hosts NAME...: the first is 10.77.0.1. All know each other by name.
make_hosts() {
    ip link add "$net" type bridge
    ip link set "$net" up
    echo "127.0.0.1 localhost" >"$work/hosts"
    local host
    for host; do
        hosts+=("$host")
        ip netns add "$net-$host"
        ip link add "$net.${#hosts[@]}" type veth peer name eth0 netns "$net-$host"
        ip link set "$net.${#hosts[@]}" master "$net" up
        ip -n "$net-$host" address add "10.77.0.${#hosts[@]}/24" dev eth0
        ip -n "$net-$host" link set eth0 up
        ip -n "$net-$host" link set lo up
        echo "10.77.0.${#hosts[@]} $host" >>"$work/hosts"
    done
}

# on HOST COMMAND...: runs a command there.
on() {
    local host=$1
    shift
    # shellcheck disable=SC2016
    nsenter --net="/run/netns/$net-$host" unshare --mount --uts -- bash -c \
        'mount --bind "$0" /etc/hosts; hostname "$1"; shift; exec "$@"' "$work/hosts" "$host" "$@"
}

# take_down HOST: as when its power fails: silence first, then nothing is left of it.
take_down() {
    ip -n "$net-$1" link set eth0 down
    ip netns pids "$net-$1" | xargs --no-run-if-empty kill -KILL
}

# make_root: a fresh Debian in $root; $HEADSTART_TRY_DEBIAN, a tar file of one, saves making it.
make_root() {
    root=$work/root
    if [[ -n ${HEADSTART_TRY_DEBIAN:-} ]]; then
        mkdir "$root"
        tar --extract --file "$HEADSTART_TRY_DEBIAN" --directory "$root"
    else
        debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log"
    fi
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    inside apt-get update >"$work/apt.log"
}

# inside COMMAND...: runs a command in $root, with its own /proc, mounts and processes.
inside() {
    unshare --mount --pid --fork --mount-proc="$root/proc" env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@"
}

# train_inside [COMMAND...]: trains in $root on the same pictures, as root or by the command given; same bytes.
train_inside() {
    cp --recursive "$work/pictures" "$root/tmp/pictures"
    mkdir --mode 1777 "$root/tmp/try"
    inside "$@" headstart train /tmp/pictures/train --validation /tmp/pictures/val --out /tmp/try/run \
        --cache /tmp/try/cache "${options[@]}" >"$work/inside.log" 2>&1
    same_bytes "$root/tmp/try/run"
    rm -rf "$root/tmp/try" "$root/tmp/pictures"
}
