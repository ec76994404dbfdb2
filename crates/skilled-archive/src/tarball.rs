//! Reading tar.

/// Whether the block is a header: its checksum is the sum of its bytes, the checksum's own counted as blanks.
pub(crate) fn checksum_is_right(block: &[u8]) -> bool {
    let sum: u32 = block.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { 32 } else { u32::from(byte) }).sum();
    let mut header = tar::Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    header.cksum().is_ok_and(|stated| stated == sum)
}
