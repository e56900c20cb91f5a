"""What a process has used so far: processor seconds and peak memory."""

import resource


def usage() -> dict[str, float]:
    """Processor seconds of this process and its children, peak memory in GiB."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {"cpu": seconds, "gib": max(own.ru_maxrss, children.ru_maxrss) / 2**20}
