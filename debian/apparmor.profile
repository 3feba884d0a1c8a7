# What beschermd(8) reads and writes.
# Settings elsewhere (-c, Include, file: lists, ZoneFile): name them in local/.

abi <abi/3.0>,

include <tunables/global>

profile beschermd /usr/sbin/beschermd flags=(attach_disconnected) {
  include <abstractions/base>
  include <abstractions/nameservice>
  include <abstractions/openssl>

  # A start as root: becomes UserID and gives the socket to SocketGroup.
  capability chown,
  capability dac_override,
  capability dac_read_search,
  capability fowner,
  capability fsetid,
  capability kill,
  capability net_bind_service,
  capability setgid,
  capability setpcap,
  capability setuid,
  capability sys_resource,

  network inet stream,
  network inet dgram,
  network inet6 stream,
  network inet6 dgram,
  network netlink raw,
  network unix stream,
  network unix dgram,

  /usr/sbin/beschermd mr,

  /etc/beschermd.conf r,
  /etc/beschermd.d/ r,
  /etc/beschermd.d/** r,
  /etc/beschermd/ r,
  /etc/beschermd/** r,
  # beschermd -c /etc/opendmarc.conf, as moving.md has it; a folder beside it holds its lists
  /etc/opendmarc.conf r,
  /etc/opendmarc/ r,
  /etc/opendmarc/** r,

  /usr/share/beschermd/prove/zone r,
  /usr/share/dns/root.key r,
  /usr/share/publicsuffix/** r,

  # -n: the unit's limits, and who listens at the Socket
  /etc/systemd/system/{,**} r,
  /{run,lib,usr/lib,usr/local/lib}/systemd/system/{,**} r,
  @{PROC}/ r,
  @{PROC}/@{pid}/comm r,
  @{PROC}/@{pid}/net/tcp{,6} r,
  @{PROC}/@{pids}/fd/ r,

  owner @{PROC}/@{pid}/status r,
  owner @{PROC}/@{pid}/fd/ r,
  # At a stop: do all threads sleep?  No owner, as the files of what is not dumpable are root's.
  @{PROC}/@{pid}/task/ r,
  @{PROC}/@{pid}/task/@{tid}/stat r,
  @{PROC}/sys/kernel/random/uuid r,
  @{PROC}/sys/net/ipv4/ip_local_port_range r,
  @{PROC}/sys/vm/overcommit_memory r,

  /run/beschermd/ rw,
  /run/beschermd/** rwk,
  /run/beschermd.pid rwk,
  /var/lib/beschermd/ r,
  /var/lib/beschermd/** rwk,
  /var/spool/postfix/beschermd/ r,
  /var/spool/postfix/beschermd/** rwk,
  /run/systemd/notify w,

  include if exists <local/usr.sbin.beschermd>
}
