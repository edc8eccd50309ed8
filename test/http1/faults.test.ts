import assert from "node:assert/strict";
import { test } from "node:test";

import { peerFaults } from "../../src/errors/peer-faults.ts";
import type { FaultCode } from "../../src/http1/faults.ts";
import { peerFault } from "../../src/http1/faults.ts";

test("each code of the catalogue is one shared frozen object with its status", () => {
  for (const [code, { status }] of Object.entries(peerFaults)) {
    const fault = peerFault(code as FaultCode);
    assert.deepEqual({ ...fault }, { kind: "fault", status, code });
    assert.equal(peerFault(code as FaultCode), fault);
    assert.ok(Object.isFrozen(fault));
  }
});
