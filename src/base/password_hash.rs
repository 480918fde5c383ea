//! Passwords as they are stored: hashed with argon2id (RFC 9106), written as a PHC string.

use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version};

use crate::base::limits::{PASSWORD_HASH_KIB, PASSWORD_HASH_LANES, PASSWORD_HASH_PASSES};
use crate::base::secret::Secret;

/// The length of a salt, in bytes.
const SALT_BYTES: usize = 16;

/// The hash of a password. Debug output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(phc::PasswordHash);

impl PasswordHash {
    /// Parses a PHC string. An error is a clause that says what is wrong.
    pub fn parse(text: &str) -> Result<PasswordHash, String> {
        let hash = phc::PasswordHash::new(text).map_err(|_| "it is no hash of a password")?;
        if hash.algorithm != Algorithm::Argon2id.ident() {
            return Err(format!("it is a hash of the kind {}, and not of argon2id", hash.algorithm));
        }
        let is_whole = hash.salt.is_some() && hash.hash.is_some();
        let params = Params::try_from(&hash).ok().filter(|_| is_whole).ok_or("it is cut off, or misspelt")?;
        // Whoever guesses chooses how often this is spent.
        if params.m_cost() > PASSWORD_HASH_KIB
            || params.t_cost() > PASSWORD_HASH_PASSES
            || params.p_cost() > PASSWORD_HASH_LANES
        {
            return Err(format!(
                "it takes too much to check: at most m={PASSWORD_HASH_KIB}, t={PASSWORD_HASH_PASSES} and \
                 p={PASSWORD_HASH_LANES} are good"
            ));
        }
        Ok(PasswordHash(hash))
    }

    /// Hashes a password, with a salt that is drawn at random. Takes a good part of a second.
    pub fn of(password: &Secret) -> Result<PasswordHash, String> {
        let salt: [u8; SALT_BYTES] = rand::random();
        let hashed = Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt);
        hashed.map(PasswordHash).map_err(|why| format!("the password cannot be hashed: {why}"))
    }

    /// Whether it is the hash of this password. Takes as long for a wrong one.
    pub fn is_of(&self, password: &Secret, memory: &mut HashMemory) -> bool {
        let (Some(salt), Some(hash), Ok(params)) = (&self.0.salt, &self.0.hash, Params::try_from(&self.0))
        else {
            return false;
        };
        let Ok(version) = self.0.version.map_or(Ok(Version::default()), Version::try_from) else {
            return false;
        };
        let Some(blocks) = memory.blocks(params.block_count()) else { return false };
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
        let mut bytes = [0; phc::Output::MAX_LENGTH];
        let bytes = &mut bytes[..hash.len()];
        let hashed =
            argon2.hash_password_into_with_memory(password.expose().as_bytes(), salt, bytes, &mut *blocks);
        // What a guess can be compared with quickly.
        blocks.fill(Block::new());
        // Outputs are compared in constant time.
        hashed.is_ok() && phc::Output::new(bytes).is_ok_and(|output| output == *hash)
    }
}

/// The memory that checks take, 19 MiB by default. It is kept from one check to the next: an allocator that gives such a block away
/// each time keeps several of them for good.
#[derive(Default)]
pub struct HashMemory(Vec<Block>);

impl HashMemory {
    /// So many blocks. `None`: the system has no memory for them.
    fn blocks(&mut self, count: usize) -> Option<&mut [Block]> {
        if self.0.len() < count {
            // Not both at once.
            self.0 = Vec::new();
            self.0.try_reserve_exact(count).ok()?;
            self.0.resize(count, Block::new());
        }
        self.0.get_mut(..count)
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of "sesame", and cheap to check.
    const CHEAP: &str =
        "$argon2id$v=19$m=8,t=1,p=1$2/OCR5YJ4lKyzJ9uxZe7DA$kVebRrklDKw8rnQ6dWSFm5bBlZV30nJIx3Vc/BoyhI4";

    #[test]
    fn a_hash_knows_its_password_and_shows_itself_only_where_it_is_to() {
        let (right, wrong) = (Secret::from("sesame"), Secret::from("Sesame"));
        let hash = PasswordHash::of(&right).unwrap();
        let memory = &mut HashMemory::default();
        assert!(hash.is_of(&right, memory) && !hash.is_of(&wrong, memory));
        assert_ne!(hash, PasswordHash::of(&right).unwrap(), "each has a salt of its own");
        assert_eq!(PasswordHash::parse(&hash.to_string()), Ok(hash.clone()));
        assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(format!("{hash:?}"), "PasswordHash");
        let cheap = PasswordHash::parse(CHEAP).unwrap();
        assert!(cheap.is_of(&right, memory) && !cheap.is_of(&wrong, memory));
    }

    #[test]
    fn checks_share_their_memory_and_leave_nothing_in_it() {
        let (right, cheap) = (Secret::from("sesame"), PasswordHash::parse(CHEAP).unwrap());
        let dear = PasswordHash::of(&right).unwrap();
        let memory = &mut HashMemory::default();
        assert!(cheap.is_of(&right, memory) && dear.is_of(&right, memory));
        let taken = allocation_counter::measure(|| {
            assert!(cheap.is_of(&right, memory) && dear.is_of(&right, memory));
        });
        assert!(taken.bytes_total < Block::SIZE as u64, "{taken:?}");
        assert!(memory.0.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }

    #[test]
    fn what_is_no_good_hash_is_refused() {
        for (text, why) in [
            ("sesame", "it is no hash"),
            ("", "it is no hash"),
            (&CHEAP.replace("argon2id", "argon2i"), "of the kind argon2i,"),
            ("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ", "it is cut off"),
            (&CHEAP.replace("m=8", "m=9999999"), "it takes too much"),
            (&CHEAP.replace("t=1", "t=1000"), "it takes too much"),
        ] {
            let said = PasswordHash::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
