// SPDX-License-Identifier: Apache-2.0

internal import CLinux

/// The memory of this process.
public enum Memory {
    /// Gives the system what was freed, after work that needed much for a while.
    public static func giveBack() { clinux_trim_memory() }
}
