"""What a company has in the history and in the media store, as one file that another region or shard takes in.

    about.json | key ... | shelf/id ... | media name, sound ... | end      each part `kind, name, size` as a line, then its bytes

Sound travels as it lies there: sealed under keys of the tenant, which are wrapped by the bundle key that both sides share. The end
holds a MAC over all before it; nothing is taken in before that was checked. Taken in again, or with what came meanwhile, a file
changes nothing that is there: records are written over themselves, and what people made of them there stays. The chain of the
tenant goes on where it is, with an entry for each recording that came (`carried`), whose sound was compared first.
"""

from __future__ import annotations
