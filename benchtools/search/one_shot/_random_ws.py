"""Random search with weight sharing."""

from __future__ import annotations

from benchtools.networks import Gates
from benchtools.search.one_shot._algorithm import Algorithm, Scorer
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["RandomWS", "best_of"]


class RandomWS(Algorithm):
    """Each step trains an architecture that is drawn uniformly; the best of random candidates is taken.

    References
    ----------
    L. Li, A. Talwalkar: Random Search and Reproducibility for Neural Architecture Search. UAI 2019, section 3.
    """

    name = "random_ws"
    steps_architecture = False
    has_alphas = False

    def weight_gates(self) -> Gates:
        """Return the gates of a random architecture."""
        return self.supernet.gates(self.supernet.draw(self.rng))

    def derive(self, scorer: Scorer) -> str:
        """Return the best of random architectures."""
        return best_of([self.supernet.draw(self.rng) for _ in range(self.recipe.candidates)], scorer, self)


def best_of(archs: list[str], scorer: Scorer, algorithm: Algorithm) -> str:
    """Return the architecture of the largest accuracy with shared weights; of equal ones the first.

    All are scored on the same batches, so that they differ by themselves alone; finalists then on all of them.
    """
    recipe = algorithm.recipe
    archs = list(dict.fromkeys(archs))
    scores = scorer.accuracies(archs, recipe.candidate_batches)
    if recipe.finalists:
        archs = [archs[place] for place in (-scores).argsort(kind="stable")[: recipe.finalists]]
        scores = scorer.accuracies(archs, None)
    return archs[int(scores.argmax())]


ALGORITHMS.register(RandomWS.name, RandomWS)
