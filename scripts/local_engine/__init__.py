"""The local engine: ministack as a subprocess on loopback, and what the local deploy does differently for it.

state     where a running engine is written down, and how to tell that it still runs
settings  the whole environment that the engine gets
launcher  the engine's process: applies the shims, then serves
control   start and stop
shims/    corrections of the engine, one file each
transform what of the templates the engine refuses
fixups    what of the templates the engine accepts and drops
"""
