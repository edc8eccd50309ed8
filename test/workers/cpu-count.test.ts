import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";

import { usableCpuCount } from "../../src/workers/cpu-count.ts";

type Files = Readonly<Record<string, string>>;

const v2 = "0::/kube/pod\n";
const v1 = "12:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n";
const root = "/sys/fs/cgroup";

const cases: readonly (readonly [title: string, affinity: number, files: Files, count: number])[] =
  [
    ["without control groups the affinity mask counts", 8, {}, 8],
    ["no quota", 8, { "/proc/self/cgroup": "0::/\n", [`${root}/cpu.max`]: "max 100000\n" }, 8],
    [
      "a quota at the root, as in a container",
      8,
      { "/proc/self/cgroup": "0::/\n", [`${root}/cpu.max`]: "200000 100000\n" },
      2,
    ],
    [
      "a quota in the process's own group",
      8,
      { "/proc/self/cgroup": v2, [`${root}/kube/pod/cpu.max`]: "300000 100000\n" },
      3,
    ],
    [
      "the tightest of the groups above counts",
      8,
      {
        "/proc/self/cgroup": v2,
        [`${root}/kube/pod/cpu.max`]: "400000 100000",
        [`${root}/kube/cpu.max`]: "100000 50000",
      },
      2,
    ],
    [
      "a part of a CPU doesn't count",
      8,
      { "/proc/self/cgroup": "0::/", [`${root}/cpu.max`]: "290000 100000" },
      2,
    ],
    [
      "less than one CPU is one",
      8,
      { "/proc/self/cgroup": "0::/", [`${root}/cpu.max`]: "50000 100000" },
      1,
    ],
    [
      "a quota above the mask changes nothing",
      2,
      { "/proc/self/cgroup": "0::/", [`${root}/cpu.max`]: "900000 100000" },
      2,
    ],
    [
      "a file that is not understood limits nothing",
      4,
      { "/proc/self/cgroup": "0::/", [`${root}/cpu.max`]: "?" },
      4,
    ],
    [
      "version 1: quota and period in files of their own",
      8,
      {
        "/proc/self/cgroup": v1,
        [`${root}/cpu,cpuacct/docker/abc/cpu.cfs_quota_us`]: "200000\n",
        [`${root}/cpu,cpuacct/docker/abc/cpu.cfs_period_us`]: "100000\n",
      },
      2,
    ],
    [
      "version 1 in a container: only the root is visible",
      8,
      {
        "/proc/self/cgroup": v1,
        [`${root}/cpu/cpu.cfs_quota_us`]: "150000\n",
        [`${root}/cpu/cpu.cfs_period_us`]: "50000\n",
      },
      3,
    ],
    [
      "version 1: -1 is no quota",
      8,
      {
        "/proc/self/cgroup": v1,
        [`${root}/cpu/cpu.cfs_quota_us`]: "-1\n",
        [`${root}/cpu/cpu.cfs_period_us`]: "100000\n",
      },
      8,
    ],
  ];

for (const [title, affinity, files, count] of cases) {
  test(title, () => {
    assert.equal(
      usableCpuCount((path) => files[path] ?? null, affinity),
      count,
    );
  });
}

test("on this machine it is at least one and at most what Node reports", () => {
  const count = usableCpuCount();
  assert.ok(count >= 1 && count <= availableParallelism());
});
