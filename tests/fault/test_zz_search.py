import pytest, sys, os
from pathlib import Path
from .simulation.mutations import MUTATIONS
from .test_five_laws import run
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", ["no_intent_is_written","strays_are_not_adopted_when_seen"])
def test_search(name,tmp_path,monkeypatch):
    MUTATIONS[name](monkeypatch)
    found=[]
    for seed in range(80,600):
        try: run(tmp_path,seed)
        except Exception as e:
            found.append((seed,repr(e)[:100])); open(f"/tmp/found_{name}","a").write(f"{seed} {e!r}"[:200]+"\n")
            if len(found)>=3: return
        for f in tmp_path.iterdir(): f.unlink()
