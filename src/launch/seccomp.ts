/**
 * A seccomp filter for contained sessions (seccomp(2), classic BPF): what namespaces do not take away. Refused are
 * `ioctl(TIOCSTI)` and `ioctl(TIOCLINUX)`, with which a program types on the terminal that it was started from, for the
 * person's shell to run afterwards (CVE-2017-5226); and `socket(AF_VSOCK)`, which leads from a virtual machine to its host
 * whatever the network namespace. Everything else passes. Pure.
 */

/** linux/audit.h: AUDIT_ARCH_*, and the numbers of the two system calls there. 32-bit programs are not in the list. */
const ARCHITECTURES = {
  x64: { audit: 0xc000003e, ioctl: 16, socket: 41 },
  arm64: { audit: 0xc00000b7, ioctl: 29, socket: 198 },
} as const;

/** asm-generic/ioctls.h */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** linux/socket.h */
const AF_VSOCK = 40;

/** linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGE|BPF_K, BPF_RET|BPF_K. */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_NOT_LESS = 0x35;
const RETURN = 0x06;

/** linux/seccomp.h: SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM. */
const ALLOW = 0x7fff0000;
const REFUSE = 0x00050001;

/** Offsets in struct seccomp_data; arguments are 64 bits, of which the lower 32 count here (little endian). */
const NUMBER = 0;
const ARCHITECTURE = 4;
const ARGUMENT_0 = 16;
const ARGUMENT_1 = 24;
/** On x86-64, system calls of the x32 ABI have this bit: nobody needs them, and they would pass by the other names. */
const X32_BIT = 0x40000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/** The program for this kind of machine, as `bwrap --seccomp` reads it; undefined when there is none. */
export function seccompProgram(machine: string): Buffer | undefined {
  if (machine !== 'x64' && machine !== 'arm64') return undefined;
  const { audit, ioctl, socket } = ARCHITECTURES[machine];
  return encode([
    [LOAD, 0, 0, ARCHITECTURE],
    // FAIL-CLOSED: programs of an architecture that the filter does not know can make no system call.
    [JUMP_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, REFUSE],
    [LOAD, 0, 0, NUMBER],
    [JUMP_NOT_LESS, 0, 1, X32_BIT],
    [RETURN, 0, 0, REFUSE],
    [JUMP_EQUAL, 0, 5, ioctl],
    [LOAD, 0, 0, ARGUMENT_1],
    [JUMP_EQUAL, 1, 0, TIOCSTI],
    [JUMP_EQUAL, 0, 1, TIOCLINUX],
    [RETURN, 0, 0, REFUSE],
    [RETURN, 0, 0, ALLOW],
    [JUMP_EQUAL, 0, 3, socket],
    [LOAD, 0, 0, ARGUMENT_0],
    [JUMP_EQUAL, 0, 1, AF_VSOCK],
    [RETURN, 0, 0, REFUSE],
    [RETURN, 0, 0, ALLOW],
  ]);
}

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k, little endian on both machines. */
function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, operand], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  });
  return bytes;
}
