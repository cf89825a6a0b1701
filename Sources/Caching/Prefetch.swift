import CPrefetch

/// Asks for the memory at an address, which the processor then fetches while it does other things. Nothing is read,
/// so the pointer need not be good for anything.
@inlinable @inline(__always)
package func prefetch(_ address: UnsafeRawPointer) { crisol_prefetch(address) }
