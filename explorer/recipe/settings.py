"""The single settings of a recipe, in the groups in which people meet them."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.recipe.tasks import TASK_KINDS
from explorer.spec import Choice, Flag, Number, ParamSpec


@dataclass(frozen=True)
class Group:
    """Settings that belong together under one title."""

    name: str
    title: str
    specs: tuple[ParamSpec, ...]


GROUPS = (
    Group("run", "Run", (
        Choice("task", "Task", "classification", tuple(TASK_KINDS.names()), tuple(kind.title for kind in TASK_KINDS),
               help="What the network's output means, and so which losses fit."),
        Number("batch_size", "Batch size", 64, low=1, high=1_000_000, integer=True, unit="samples",
               help="Samples per step. Larger batches give smoother gradients and fewer steps an epoch."),
        Number("epochs", "Epochs", 5, low=1, high=100_000, integer=True,
               help="How many times every training sample is seen."),
        Number("patience", "Early stopping", None, low=1, high=100_000, integer=True, optional=True, unit="epochs",
               empty="never", help="Ends the run once the validation loss has not improved for so many epochs."),
    )),
    Group("data", "Data", (
        Number("validation_share", "Validation share", 0.1, low=0, high=0.9,
               help="The part of the training samples that is held out to draw the validation curve."),
        Number("folds", "Folds", None, low=2, high=100, integer=True, optional=True, empty="off",
               help="Splits the training samples into so many equal parts and holds one of them out, in place of the "
                    "validation share. One run for each fold is a cross-validation."),
        Number("fold", "Fold held out", 1, low=1, high=100, integer=True,
               help="Which of the folds is held out, from 1 on. Ignored unless Folds is set."),
        Number("train_samples", "Training samples", None, low=1, high=100_000_000, integer=True, optional=True,
               empty="all", help="Train on only this many, drawn at random. Few samples show overfitting."),
        Number("label_noise", "Label noise", 0.0, low=0, high=1,
               help="This share of the training labels is replaced by another class. A network that still gets them "
                    "right has memorized them."),
        Flag("balanced", "Balance the classes", False,
             help="Draws each class equally often, however rare it is; rare samples come several times an epoch."),
        Flag("shuffle", "Shuffle", True,
             help="A new order for every epoch. Off, every epoch brings the samples in the same order."),
        Flag("test_every_epoch", "Test after every epoch", False,
             help="As many books do. Otherwise the test set is used once, at the end, as it should be."),
    )),
    Group("optimization", "Optimization", (
        Number("warmup_epochs", "Warm-up", 0.0, low=0, high=100_000, unit="epochs",
               help="The learning rate rises in a line over these epochs: gentle first steps for transformers and "
                    "large batches."),
        Number("weight_decay", "Weight decay", 0.0, low=0, high=1e6,
               help="Pulls every weight toward zero by this share of itself at each step."),
        Number("clip_norm", "Clip the gradient's norm", None, low=1e-12, high=1e12, optional=True, empty="off",
               help="Where the gradient of all weights together is longer than this, it is made this long. The cure "
                    "for sudden jumps in recurrent networks."),
        Number("clip_value", "Clip the gradient's values", None, low=1e-12, high=1e12, optional=True, empty="off",
               help="No single number of the gradient is larger than this."),
        Number("averaging", "Average of the weights", None, low=0, high=0.999999, optional=True, empty="off",
               help="Keeps a running mean of the weights that remembers this much at each step (0.99 is common), "
                    "and measures and keeps that one."),
    )),
    Group("machine", "Machine", (
        Number("seed", "Seed", 0, low=0, high=2**63 - 1, integer=True,
               help="Fixes every random draw: weights, order of the samples, dropout. The same seed gives the same "
                    "run."),
        Choice("device", "Device", "auto", ("auto", "cpu", "cuda", "mps"),
               ("Best there is", "CPU", "NVIDIA GPU", "Apple GPU"), help="Where the network is trained."),
        Choice("precision", "Precision", "float32", ("float32", "bf16", "fp16"),
               ("float32", "bfloat16, mixed", "float16, mixed, with loss scaling"),
               help="Half precision is faster on recent GPUs; weights stay in float32."),
        Choice("instruments", "Recording", "light", ("light", "full"),
               ("Basic: loss and gradient norms", "Full: also layer statistics"),
               help="Full also records, at some of the steps, every layer's activations, dead and saturated units, "
                    "the size of its updates, and histograms of its weights and gradients. Training takes about a "
                    "tenth longer; the weights are the same, bit for bit. Turn it on to find out why a network learns "
                    "badly, or not at all."),
        Number("threads", "CPU threads", None, low=1, high=1024, integer=True, optional=True,
               help="Left empty, it follows from the work of a step: one for tiny networks, all for large ones, as "
                    "measured on this machine. A repeated or resumed run keeps its number."),
        Flag("deterministic", "Deterministic", True,
             help="The same recipe on the same machine gives the same curve, bit for bit. A little slower on a GPU."),
        Number("disk_budget_mb", "Disk budget", 500, low=1, high=1_000_000, integer=True, unit="MB",
               help="Disk space that this run's checkpoints may use."),
    )),
)
SETTINGS: tuple[ParamSpec, ...] = tuple(spec for group in GROUPS for spec in group.specs)
