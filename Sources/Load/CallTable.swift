// SPDX-License-Identifier: Apache-2.0

/// Where a call stands, from the side that places it (RFC 3261 §17.1.1, §15.1.1).
enum CallState: UInt8 {
    /// The INVITE is out.
    case calling
    /// A provisional answer came.
    case proceeding
    /// Answered and acknowledged.
    case talking
    /// The BYE is out.
    case hangingUp
    /// Nothing more is to be done, but for answers that come again.
    case over
}

/// A call that was placed.
struct PlacedCall {
    var number: UInt64 = 0
    /// When it was due, in nanoseconds from the start of the run.
    var due: Int64 = 0
    var state = CallState.over
    /// How often the request was sent again.
    var attempt: UInt8 = 0
    var kind = CallKind.unsigned
    var isUsed = false
    /// The pool that its INVITE is from.
    var pool: UInt32 = 0
}

/// The calls of one thread, each in the place that follows from its number; a place is used again when its call is over.
final class CallTable {
    private let calls: UnsafeMutablePointer<PlacedCall>
    private let capacity: UInt64
    private let stride: UInt64

    /// A table of at least `capacity` places for every `stride`th call.
    init(capacity: Int, stride: Int) {
        var size = 1024
        while size < capacity { size *= 2 }
        self.capacity = UInt64(size)
        self.stride = UInt64(stride)
        calls = .allocate(capacity: size)
        calls.initialize(repeating: PlacedCall(), count: size)
    }

    deinit { calls.deallocate() }

    @inline(__always)
    private func place(_ number: UInt64) -> Int { Int(number / stride & (capacity - 1)) }

    /// Takes in a call; false where its place still has one that is not over.
    func insert(_ call: PlacedCall) -> Bool {
        let place = place(call.number)
        guard !calls[place].isUsed || calls[place].state == .over else { return false }
        calls[place] = call
        calls[place].isUsed = true
        return true
    }

    /// The call of that number; nil where there is none, or no longer.
    func call(_ number: UInt64) -> UnsafeMutablePointer<PlacedCall>? {
        let place = place(number)
        return calls[place].isUsed && calls[place].number == number ? calls + place : nil
    }
}
