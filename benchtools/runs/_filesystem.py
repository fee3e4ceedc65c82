"""Whether a path lies on a network: SQLite's write-ahead log needs memory that all its processes share."""

from __future__ import annotations

from pathlib import Path

__all__ = ["on_network"]

NETWORK = (
    "9p", "afs", "beegfs", "ceph", "cifs", "fhgfs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "gpfs", "lustre",
    "ncpfs", "nfs", "nfs4", "orangefs", "panfs", "pvfs2", "smb3", "smbfs", "wekafs",
)  # fmt: skip


def on_network(path: Path, mounts: str | None = None) -> bool:
    """Tell whether `path` lies on a network file system; False where the system does not say.

    Parameters
    ----------
    path : Path
        It need not exist.
    mounts : str, optional
        What ``/proc/self/mountinfo`` holds; read from there by default.

    Examples
    --------
    >>> on_network(Path("/home/me/sweep.sqlite"), "24 1 0:2 / / rw - ext4 /dev/sda1 rw")
    False
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return False
    resolved, best, kind = path.resolve(), -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        columns, kinds = before.split(), after.split()
        if len(columns) < 5 or not kinds:
            continue
        point = Path(columns[4].replace("\\040", " "))
        if resolved.is_relative_to(point) and len(point.parts) >= best:  # a later mount hides an earlier one
            best, kind = len(point.parts), kinds[0]
    return kind in NETWORK
