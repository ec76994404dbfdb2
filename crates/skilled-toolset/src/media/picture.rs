//! Whether an image is whole, as far as its structure tells, and how large it is.
//!
//! An image that a provider refuses stays in the conversation and fails every later request, so a broken one must not
//! get there.

/// The sides of an image in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sides {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Returns the sides of a whole image of one of the four types that providers take, or nothing when it is cut short,
/// broken, empty or of another type.
pub(crate) fn sides(media_type: &str, bytes: &[u8]) -> Option<Sides> {
    let (width, height) = match media_type {
        "image/png" => png(bytes),
        "image/jpeg" => jpeg(bytes),
        "image/gif" => gif(bytes),
        "image/webp" => webp(bytes),
        _ => None,
    }?;
    (width > 0 && height > 0).then_some(Sides { width, height })
}

/// Follows the chunks from IHDR over IDAT to IEND (PNG, third edition, section 5).
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let (mut sides, mut data) = (None, false);
    loop {
        let length = usize::try_from(u32::from_be_bytes(array(rest, 0)?)).ok()?;
        let kind: [u8; 4] = array(rest, 4)?;
        let content = rest.get(8..)?.get(..length)?;
        let _checksum: [u8; 4] = array(rest, 8 + length)?;
        match (&kind, sides) {
            (b"IHDR", None) if length == 13 => {
                let side = |at| Some(u32::from_be_bytes(array(content, at)?));
                sides = Some((side(0)?, side(4)?));
            }
            (_, None) => return None,
            (b"IDAT", Some(_)) => data = true,
            (b"IEND", Some(_)) => return sides.filter(|_| data),
            (_, Some(_)) => {}
        }
        rest = &rest[12 + length..];
    }
}

/// Follows the segments to the first scan, and looks for the end behind it (ITU-T T.81, annex B). Pictures in metadata
/// lie before the scan: their ends do not count.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    let mut sides = None;
    loop {
        let [0xff, marker] = array(rest, 0)? else { return None };
        match marker {
            0xff => {
                rest = &rest[1..]; // a fill byte
                continue;
            }
            0x01 | 0xd0..=0xd7 => {
                rest = &rest[2..];
                continue;
            }
            0x00 | 0xd8 | 0xd9 => return None,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(array(rest, 2)?));
        let segment = rest.get(2..)?.get(..length)?;
        rest = rest.get(2 + length.max(2)..)?;
        match marker {
            0xc4 | 0xc8 | 0xcc => {} // tables, not frames
            0xc0..=0xcf => {
                let side = |at| Some(u32::from(u16::from_be_bytes(array(segment, at)?)));
                sides = Some((side(5)?, side(3)?));
            }
            0xda => return sides.filter(|_| rest.windows(2).any(|pair| pair == b"\xff\xd9")),
            _ => {}
        }
    }
}

/// Follows the blocks to the trailer (GIF89a specification, appendix A).
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"GIF87a").or_else(|| bytes.strip_prefix(b"GIF89a"))?;
    let side = |at| Some(u32::from(u16::from_le_bytes(array(rest, at)?)));
    let sides = (side(0)?, side(2)?);
    let mut rest = rest.get(7 + colours(*rest.get(4)?)..)?;
    let mut image = false;
    loop {
        let start = match rest.first()? {
            0x21 => 2,
            0x2c => {
                image = true;
                10 + colours(*rest.get(9)?) + 1
            }
            0x3b => return image.then_some(sides),
            _ => return None,
        };
        rest = rest.get(start..)?;
        loop {
            let (length, after) = rest.split_first()?;
            rest = after.get(usize::from(*length)..)?;
            if *length == 0 {
                break;
            }
        }
    }
}

/// Returns the size of the colour table that these flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Reads the sides from the first chunk of a whole container (RFC 9649, section 2).
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let size = usize::try_from(u32::from_le_bytes(array(bytes, 4)?)).ok()?;
    let content = bytes.strip_prefix(b"RIFF")?.get(4..)?.get(..size)?.strip_prefix(b"WEBP")?;
    let kind: [u8; 4] = array(content, 0)?;
    let length = usize::try_from(u32::from_le_bytes(array(content, 4)?)).ok()?;
    let chunk = content.get(8..)?.get(..length)?;
    match &kind {
        b"VP8 " if chunk.get(3..6)? == b"\x9d\x01\x2a" => {
            let side = |at| Some(u32::from(u16::from_le_bytes(array(chunk, at)?) & 0x3fff));
            Some((side(6)?, side(8)?))
        }
        b"VP8L" if *chunk.first()? == 0x2f => {
            let both = u32::from_le_bytes(array(chunk, 1)?);
            Some(((both & 0x3fff) + 1, (both >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => {
            let side = |at| array(chunk, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]) + 1);
            // The header of an extended file: what it announces must follow.
            content.get(8 + length + 8..)?;
            Some((side(4)?, side(7)?))
        }
        _ => None,
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &[u8] = b"GIF89a\x03\0\x02\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x03\0\x02\0\0\x02\x02\x84Q\0;";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe1\0\x06\xff\xd8\xff\xd9\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0\
                          \xff\xda\0\x08\x01\x01\0\0\x3f\0\x2a\xff\xd9";
    const VP8L: &[u8] = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\x02\x40\0\0\0";
    const VP8: &[u8] = b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\x03\0\x02\0";
    const VP8X: &[u8] = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x01\0\0VP8L\0\0\0\0";

    fn png(width: u32, height: u32) -> Vec<u8> {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, content) in [(b"IHDR", &header[..]), (b"IDAT", b"data"), (b"IEND", b"")] {
            bytes.extend((content.len() as u32).to_be_bytes());
            bytes.extend_from_slice(kind);
            bytes.extend_from_slice(content);
            bytes.extend([0; 4]);
        }
        bytes
    }

    #[test]
    fn whole_images_have_sides_and_no_beginning_of_one_does() {
        let png = png(3, 2);
        let all = [
            ("image/png", &png[..]),
            ("image/jpeg", JPEG),
            ("image/gif", GIF),
            ("image/webp", VP8L),
            ("image/webp", VP8),
            ("image/webp", VP8X),
        ];
        for (media_type, bytes) in all {
            let expected = Some(Sides { width: 3, height: 2 });
            assert_eq!(sides(media_type, bytes), expected, "{media_type}");
            assert_eq!(sides(media_type, &[bytes, b"more"].concat()), expected, "{media_type}");
            for end in 0..bytes.len() {
                assert_eq!(sides(media_type, &bytes[..end]), None, "{media_type} {end}");
            }
        }
    }

    #[test]
    fn broken_and_empty_images_have_no_sides() {
        assert_eq!(sides("image/png", &png(0, 2)), None);
        assert_eq!(sides("image/bmp", &png(3, 2)), None);
        let mut no_data = png(3, 2);
        let at = no_data.windows(4).position(|part| part == b"IDAT").unwrap();
        no_data[at] = b'X';
        assert_eq!(sides("image/png", &no_data), None);
        assert_eq!(sides("image/jpeg", b"\xff\xd8\xff\xda\0\x02\xff\xd9"), None);
        assert_eq!(sides("image/gif", b"GIF89a\x03\0\x02\0\0\0\0;"), None);
    }
}
