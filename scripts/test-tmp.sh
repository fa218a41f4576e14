#!/bin/sh
# Prints where tests keep their temporary files: in memory when there is room for them, since thousands
# of small databases that are made and thrown away wait for a disk longer than they compute.
# What a power cut does to a disk is tested on a simulated one (sim/disk).
set -eu
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'END { print $4 }')" -ge 2097152 ]; then
	echo /dev/shm
else
	echo "${TMPDIR:-/tmp}"
fi
