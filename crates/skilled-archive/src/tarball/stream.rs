//! The bytes of a tar, decompressed and bounded.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::bufread::MultiGzDecoder;

use crate::content::broken_stream;
use crate::{Code, Error, Format, Limits, Problem};

/// The unit of tar in bytes.
pub(super) const BLOCK: usize = 512;

/// The bytes of a tar. Ends with an error when there are more than the limits allow.
pub(super) struct Stream<'a> {
    inner: Box<dyn Read + 'a>,
    left: u64,
    /// What is said when nothing is left.
    exceeded: Problem,
}

impl<'a> Stream<'a> {
    pub(super) fn open<R: Read + Seek>(
        reader: &'a mut R,
        format: Format,
        length: u64,
        limits: &Limits,
    ) -> Result<Self, Error> {
        reader.seek(SeekFrom::Start(0)).map_err(Error::Read)?;
        let raw = BufReader::with_capacity(64 * 1024, reader);
        // Beside the content: a header and half a block of filling for each file, longer names, blocking at the end.
        let around = limits.metadata_bytes + (limits.entries as u64 + 2) * 2 * BLOCK as u64 + (1 << 20);
        let most = limits.total_bytes.saturating_add(around);
        match format {
            Format::TarGz => {
                let expanded = limits.expansion(length);
                let exceeded = if expanded < most {
                    let message = format!("{length} bytes become more than {} times as many", limits.ratio);
                    Problem::archive(Code::Ratio, message)
                } else {
                    too_large(limits)
                };
                let inner: Box<dyn Read + 'a> =
                    Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(raw)));
                Ok(Self { inner, left: most.min(expanded), exceeded })
            }
            Format::Tar | Format::Zip => {
                Ok(Self { inner: Box::new(raw), left: most, exceeded: too_large(limits) })
            }
        }
    }

    /// Fills the buffer as far as there are bytes; returns how many there were.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken_stream(error, None)),
            }
        }
        Ok(filled)
    }

    /// Reads to the end, where only zeros may be, which fill the last record.
    pub(super) fn expect_zeros(&mut self) -> Result<(), Error> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = self.fill(&mut buffer)?;
            if buffer[..read].iter().any(|&byte| byte != 0) {
                return Err(Error::refused(Code::Surplus, "bytes follow the end of the tar"));
            }
            if read < buffer.len() {
                return Ok(());
            }
        }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 && !buffer.is_empty() {
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::new(io::ErrorKind::InvalidData, self.exceeded.clone())),
            };
        }
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

fn too_large(limits: &Limits) -> Problem {
    Problem::archive(
        Code::TooLarge,
        format!("the files are larger than {} bytes together", limits.total_bytes),
    )
}

/// Whether the block is a header: its checksum is the sum of its bytes, the checksum's own counted as blanks.
pub(crate) fn checksum_is_right(block: &[u8]) -> bool {
    let Ok(bytes) = <&[u8; BLOCK]>::try_from(block) else { return false };
    let own = 148..156;
    let sum = |at: usize, byte: u8| if own.contains(&at) { u32::from(b' ') } else { u32::from(byte) };
    let sum: u32 = bytes.iter().enumerate().map(|(at, &byte)| sum(at, byte)).sum();
    tar::Header::from_byte_slice(bytes).cksum().is_ok_and(|stated| stated == sum)
}
