"""The keys under which a session remembers things; named here and nowhere else."""

DRAFT = "draft"              # draft.Draft: the experiment being edited
UNDO, REDO = "undo_networks", "redo_networks"  # lists of Network
SEEN = "seen_on_disk"        # (revision, stamp) of the draft's file that this session last read or wrote
WRITER = "writer"            # a random name under which this session writes drafts
SELECTED = "selected_nodes"  # ids of the nodes that are selected, of the part of the network that is shown
PATH = "path_inside"         # ids of the blocks walked into, from the whole network on
DRAWN = "drawn_graph"        # (revision, the graph that the canvas has)
INSIDES = "insides"          # whether the table of layers says what blocks are made of
COMPARED = "compared"        # number of the version that the canvas compares with
EVALUATOR = "evaluator"      # this session's network.evaluate.Evaluator
THUMBNAILS = "thumbnails"    # {(value key, look): picture}
PREVIEW_SAMPLE = "preview_sample"    # which test sample runs through the network
PREVIEW_WEIGHTS = "preview_weights"  # id of the run whose weights it meets; empty for freshly drawn ones
SHOW_PREVIEW = "show_preview"        # the switch
REVISION = "form_revision"   # counts changes that did not come from a form, so that forms are drawn anew
RUN = "run"                  # id of the run that Train and Inspect show
STARTED_S = "started_s"      # when this session last started a run (time.monotonic)
READER = "curve_reader"      # (run id, CurveReader)
OWNER = "owner"              # the browser's key
PROJECTOR = "projector"      # whether everything is drawn a quarter larger
OPENED_FILE = "opened_file"   # id of the upload that was opened already
OPENED_LINK = "opened_link"   # (recipe as its address has it, id of the draft): the link that was opened last
OWN_FILE = "own_file_read"   # (what was read and how, the table or images): the upload in the dialog of own data
NOTICE = "notice"            # a sentence to be told at the top of the page
DONE = "done"                # the same of something that went well
TOLD = "told"                # (the last sentence told, whether it went well, until when it stays)
MODEL = "probed_model"       # (run id, step, model): this session's own copy
DIAGNOSIS = "diagnosis"      # (run id, its last step when it was examined, findings)
VERDICTS = "verdicts"        # {(parent's id, twin's id): what became of the twin}
REPORT = "report"            # (run id, part asked for, Report or why there is none): what was looked at on request
SLOW = "slow_step"           # (what it is of, SlowMotion, its SlowStep): this session's own
MOMENT = "slow_moment"       # which moment of the step is looked at, counted from 0
PLAYING = "slow_playing"     # (whether the moments go on by themselves, when the last one came)
PICK = "pick"                # the map that was clicked

NET_PARAMETER, RUN_PARAMETER = "net", "run"  # in the page's address
