"""What a report looks like: figures (their data apart from their drawing), a page, LaTeX, files; proxy data too."""

from benchtools.reports._acceleration import AccelerationData, acceleration_data, draw_acceleration
from benchtools.reports._cell import CellData, CellEdge, cell_data, draw_arch, draw_cell
from benchtools.reports._class_balance import ClassBalanceData, class_balance_data, draw_class_balance
from benchtools.reports._contact_sheet import ContactSheetData, contact_sheet_data, draw_contact_sheet
from benchtools.reports._embedding import EmbeddingData, draw_embedding, embedding_data
from benchtools.reports._factors import FactorsData, draw_factors, factors_data
from benchtools.reports._forest import ForestData, draw_forest, forest_data
from benchtools.reports._html import render_html
from benchtools.reports._latex import render_latex
from benchtools.reports._plot import plot
from benchtools.reports._plot_selection import plot_selection, write_pictures
from benchtools.reports._rank_flow import RankFlowData, draw_rank_flow, rank_flow_data
from benchtools.reports._reduced_acceleration import (
    ReducedAccelerationData,
    draw_reduced_acceleration,
    reduced_acceleration_data,
)
from benchtools.reports._regret import RegretData, draw_regret, regret_data, write_searches
from benchtools.reports._scatter import ScatterData, draw_scatter, scatter_data
from benchtools.reports._score_histogram import HistogramData, draw_histogram, histogram_data
from benchtools.reports._study_accuracy import (
    ProxyAccuracy,
    StudyAccuracyData,
    draw_study_accuracy,
    plot_study_accuracy,
    study_accuracy_data,
)
from benchtools.reports._study_page import write_study_report
from benchtools.reports._study_time import StudyTimeData, draw_study_time, plot_study_time, study_time_data
from benchtools.reports._study_trajectory import (
    StudyTrajectoryData,
    Trajectory,
    draw_study_trajectories,
    plot_study_trajectories,
    study_trajectory_data,
)
from benchtools.reports._top_k import TopKData, draw_top_k, top_k_data
from benchtools.reports._write import write_report
from benchtools.reports._zoo_page import write_zoo_report

__all__ = [
    "AccelerationData",
    "CellData",
    "CellEdge",
    "ClassBalanceData",
    "ContactSheetData",
    "EmbeddingData",
    "FactorsData",
    "ForestData",
    "HistogramData",
    "ProxyAccuracy",
    "RankFlowData",
    "ReducedAccelerationData",
    "RegretData",
    "ScatterData",
    "StudyAccuracyData",
    "StudyTimeData",
    "StudyTrajectoryData",
    "TopKData",
    "Trajectory",
    "acceleration_data",
    "cell_data",
    "class_balance_data",
    "contact_sheet_data",
    "draw_acceleration",
    "draw_arch",
    "draw_cell",
    "draw_class_balance",
    "draw_contact_sheet",
    "draw_embedding",
    "draw_factors",
    "draw_forest",
    "draw_histogram",
    "draw_rank_flow",
    "draw_reduced_acceleration",
    "draw_regret",
    "draw_scatter",
    "draw_study_accuracy",
    "draw_study_time",
    "draw_study_trajectories",
    "draw_top_k",
    "embedding_data",
    "factors_data",
    "forest_data",
    "histogram_data",
    "plot",
    "plot_selection",
    "plot_study_accuracy",
    "plot_study_time",
    "plot_study_trajectories",
    "rank_flow_data",
    "reduced_acceleration_data",
    "regret_data",
    "render_html",
    "render_latex",
    "scatter_data",
    "study_accuracy_data",
    "study_time_data",
    "study_trajectory_data",
    "top_k_data",
    "write_pictures",
    "write_report",
    "write_searches",
    "write_study_report",
    "write_zoo_report",
]
