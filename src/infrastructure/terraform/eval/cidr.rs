//! Functions of network addresses.

use core::net::IpAddr;

/// A network: its address and the number of bits that all in it share.
#[derive(Debug, Clone, Copy)]
struct Network {
    bits: u128,
    length: u32,
    width: u32,
}

impl Network {
    fn of(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a network");
        let (address, length) = text.split_once('/').ok_or_else(refuse)?;
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let length: u32 = length.parse().map_err(|_| refuse())?;
        let (bits, width) = match address {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        if length > width {
            return Err(refuse());
        }
        let host = width - length;
        let bits = bits
            .checked_shr(host)
            .unwrap_or(0)
            .checked_shl(host)
            .unwrap_or(0);
        Ok(Self {
            bits,
            length,
            width,
        })
    }

    fn address(&self, bits: u128) -> String {
        match self.width {
            32 => core::net::Ipv4Addr::from_bits(bits as u32).to_string(),
            _ => core::net::Ipv6Addr::from_bits(bits).to_string(),
        }
    }

    /// The network that is `number` networks of `length` after this one.
    fn subnet(&self, length: u32, number: u128) -> Result<Self, String> {
        let out = || "the network is too small".to_owned();
        if length > self.width || length < self.length {
            return Err(out());
        }
        let room = length - self.length;
        if room < 128 && number >> room != 0 {
            return Err(out());
        }
        let offset = number.checked_shl(self.width - length).unwrap_or(0);
        Ok(Self {
            bits: self.bits | offset,
            length,
            width: self.width,
        })
    }

    fn text(&self) -> String {
        format!("{}/{}", self.address(self.bits), self.length)
    }
}

/// `cidrsubnet`
pub fn subnet(network: &str, more: u32, number: u128) -> Result<String, String> {
    let network = Network::of(network)?;
    let length = network.length.saturating_add(more);
    Ok(network.subnet(length, number)?.text())
}

/// `cidrsubnets`
pub fn subnets(network: &str, more: &[u32]) -> Result<Vec<String>, String> {
    let network = Network::of(network)?;
    let mut next = network.bits;
    let mut all = Vec::with_capacity(more.len());
    for more in more {
        let length = network.length.saturating_add(*more);
        if length > network.width || length == 0 {
            return Err("the network is too small".to_owned());
        }
        let host = network.width - length;
        let size = 1_u128.checked_shl(host).unwrap_or(0);
        let start = next
            .checked_add(size.saturating_sub(1))
            .map_or(next, |end| end & !(size.wrapping_sub(1)));
        let subnet = Network {
            bits: start,
            length,
            ..network
        };
        all.push(subnet.text());
        next = start.saturating_add(size);
    }
    Ok(all)
}

/// `cidrhost`
pub fn host(network: &str, number: i128) -> Result<String, String> {
    let network = Network::of(network)?;
    let host = network.width - network.length;
    let size = 1_u128.checked_shl(host).unwrap_or(u128::MAX);
    let number = match u128::try_from(number) {
        Ok(number) => number,
        Err(_) => size.wrapping_sub(number.unsigned_abs()),
    };
    match number < size {
        true => Ok(network.address(network.bits | number)),
        false => Err("the network is too small".to_owned()),
    }
}

/// `cidrnetmask`
pub fn netmask(network: &str) -> Result<String, String> {
    let network = Network::of(network)?;
    let mask = u32::MAX
        .checked_shl(32 - network.length.min(32))
        .unwrap_or(0);
    Ok(core::net::Ipv4Addr::from_bits(mask).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_divided_as_terraform_does() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(subnet("10.0.0.0/16", 8, 3), ok("10.0.3.0/24"));
        assert_eq!(subnet("fd00::/48", 16, 1), ok("fd00:0:0:1::/64"));
        assert!(subnet("10.0.0.0/16", 2, 4).is_err());
        let all = ["10.0.0.0/20", "10.0.16.0/24"].map(str::to_owned);
        assert_eq!(subnets("10.0.0.0/16", &[4, 8]), Ok(all.to_vec()));
        assert_eq!(host("10.0.0.0/24", 5), ok("10.0.0.5"));
        assert_eq!(host("10.0.0.0/24", -1), ok("10.0.0.255"));
        assert_eq!(netmask("10.0.0.0/12"), ok("255.240.0.0"));
        assert!(netmask("10.0.0.0/40").is_err());
    }
}
