import { expect, test } from 'vitest';
import { seccompProgram } from './seccomp.js';

const ALLOWED = 0x7fff0000;
const EPERM = 0x00050001;

/** What the kernel would answer: classic BPF as far as the filter uses it (linux/filter.h). */
function answer(machine: string, audit: number, number: number, args: readonly bigint[] = []): number {
  const program = seccompProgram(machine) ?? Buffer.alloc(0);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  args.forEach((arg, index) => {
    data.writeBigUInt64LE(arg, 16 + index * 8);
  });
  let value = 0;
  for (let at = 0; at * 8 < program.length; at += 1) {
    const operand = program.readUInt32LE(at * 8 + 4);
    const jump = (taken: boolean) => {
      at += program.readUInt8(at * 8 + (taken ? 2 : 3));
    };
    switch (program.readUInt16LE(at * 8)) {
      case 0x20:
        value = data.readUInt32LE(operand);
        break;
      case 0x15:
        jump(value === operand);
        break;
      case 0x35:
        jump(value >= operand);
        break;
      case 0x06:
        return operand;
      default:
        throw new Error('an instruction that the filter has no use for');
    }
  }
  throw new Error('the program ended without an answer');
}

const MACHINES = [
  { machine: 'x64', audit: 0xc000003e, ioctl: 16, socket: 41, read: 0 },
  { machine: 'arm64', audit: 0xc00000b7, ioctl: 29, socket: 198, read: 63 },
] as const;

test.each(MACHINES)('on $machine, typing on the terminal and AF_VSOCK are refused, the rest passes', (one) => {
  const { machine, audit, ioctl, socket, read } = one;
  expect(answer(machine, audit, ioctl, [0n, 0x5412n])).toBe(EPERM);
  expect(answer(machine, audit, ioctl, [0n, 0x1_0000_5412n])).toBe(EPERM);
  expect(answer(machine, audit, ioctl, [0n, 0x541cn])).toBe(EPERM);
  expect(answer(machine, audit, ioctl, [0n, 0x5413n])).toBe(ALLOWED);
  expect(answer(machine, audit, socket, [40n, 1n])).toBe(EPERM);
  for (const family of [1n, 2n, 10n, 16n]) expect(answer(machine, audit, socket, [family])).toBe(ALLOWED);
  expect(answer(machine, audit, read)).toBe(ALLOWED);
  expect(answer(machine, audit, 0x4000_0000 + ioctl, [0n, 0x5413n])).toBe(EPERM);
});

test('FAIL-CLOSED: programs of an architecture that the filter does not know can make no system call', () => {
  expect(answer('x64', 0x40000003, 3)).toBe(EPERM);
  expect(answer('arm64', 0x40000028, 3)).toBe(EPERM);
});

test('a machine without a filter is told apart', () => {
  expect(seccompProgram('riscv64')).toBeUndefined();
});
