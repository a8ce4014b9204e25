// SPDX-License-Identifier: Apache-2.0

/// A row of values of fixed length, made once and used again for every message.
///
/// Owns its memory: an `InlineArray` of this size inside a struct is copied whole by accessors that are not inlined (measured:
/// a quarter of a relayed message's time). Unsafe for that reason; every access is checked.
@safe
public struct Scratch<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    /// How many values there are.
    public let count: Int

    /// A row of `count` values.
    public init(repeating value: Element, count: Int) {
        self.count = count
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: value, count: count)
    }

    deinit { unsafe base.deallocate() }

    /// The value at `i`, which must be less than `count`.
    @inlinable
    public subscript(_ i: Int) -> Element {
        @inline(__always) get {
            precondition(i >= 0 && i < count)
            return unsafe base[i]
        }
        @inline(__always) set {
            precondition(i >= 0 && i < count)
            unsafe base[i] = newValue
        }
    }
}
