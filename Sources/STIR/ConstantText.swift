// SPDX-License-Identifier: Apache-2.0

extension StaticString {
    /// The byte at `i`, which must be less than `utf8CodeUnitCount`: the one unsafe access of this module.
    @inline(__always)
    func character(_ i: Int) -> UInt8 { unsafe utf8Start[i] }
}
