"""Where the opinion is made and judged: real speech, what networks do to it, PESQ as the truth. Not part of the product.

    impair   codecs, losses, noises and all that, each with what the packets would have told
    clips    speakers and their clips; which of them are held out
    boost    gradient boosting of small trees in numpy
    fit      makes `quality/opinion/trees.json`:  python -m tests.quality.lab.fit
    judge    the accuracy table of docs/benchmarks.md:  python -m tests.quality.lab.judge

Speech: the prompts of Debian's asterisk-core-sounds-{en,es,fr,it,ru}-wav. Codecs where installed: libbcg729-0, libgsm1. PESQ's
code is for evaluation only (ITU), so it is needed here and nowhere else.
"""
