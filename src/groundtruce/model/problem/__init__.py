"""The catalogue of everything that can go wrong, with the words in which people read of it.

* One problem, one code; its entry has the sentence, the advice, the exit status and the HTTP status.
* The command line, a quarantine file, the API and the pages use the same words.
* A sentence names the thing and the value; the advice says what to do next; neither blames anyone.

>>> problem = GroundtruceError(Problem.FILE_MISSING, file="reports.csv")
>>> problem.sentence
'reports.csv does not exist.'
>>> problem.problem.exit_status
2
"""

from groundtruce.model.problem.catalogue import Problem
from groundtruce.model.problem.entry import CatalogueEntry, ExitStatus
from groundtruce.model.problem.error import Details, GroundtruceError
from groundtruce.model.problem.system import explain_refusal

__all__ = [
    "CatalogueEntry",
    "Details",
    "ExitStatus",
    "GroundtruceError",
    "Problem",
    "explain_refusal",
]
