// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer as a library: SwiftPM has executables begin at a `main` of its own making, so that libFuzzer's is not linked.

import Glibc

/// libFuzzer's own entry (FuzzerInterface of compiler-rt); in the toolchain's libclang_rt.fuzzer.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Calls `body` with one input after the other, as the command line says, and ends the process.
public func runFuzzer(_ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, body))
}
