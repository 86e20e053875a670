using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Captures;

/// <summary>The steps that made the tables of a folder, as <c>plan.json</c> has them.</summary>
internal static class FolderPlan
{
    private static readonly MapFlags[] _flags = [MapFlags.NoBlock, MapFlags.NoContiguous, MapFlags.NoExec, MapFlags.KeepSmaller];

    /// <summary>Writes the steps.</summary>
    public static void Write(string file, string kernel, IEnumerable<PlanStep> steps)
    {
        PlanJson json = new(TableFolder.Version, kernel, [.. steps.Select(ToJson)]);
        File.WriteAllText(file, JsonSerializer.Serialize(json, FolderJsonContext.Plain.PlanJson) + "\n");
    }

    /// <summary>Reads the steps.</summary>
    /// <param name="file">The file.</param>
    /// <param name="version">The version of the format that its folder has.</param>
    /// <param name="kernel">Whose tables the folder has.</param>
    /// <exception cref="InvalidInputException">It is damaged, or belongs to another folder.</exception>
    public static IReadOnlyList<PlanStep> Read(string file, int version, string kernel)
    {
        PlanJson json = FolderText.Parse(file, TextFile.Read(file, FolderText.MaxLength), FolderJsonContext.Default.PlanJson);
        return json.Version != version ? throw TextFile.Error(file, $"it has version {json.Version} of the format, and the tables have version {version}")
            : json.Kernel != kernel ? throw TextFile.Error(file, $"it is the plan of {TextFile.Quote(json.Kernel)}, but the tables are those of {TextFile.Quote(kernel)}")
            : [.. json.Steps.Select((step, index) => StepOf(file, step, index))];
    }

    private static StepJson ToJson(PlanStep step) => step.Kind != PlanStepKind.Map
        ? new StepJson(FolderText.Of(step.Kind), PlanPhases.NameOf(step.Phase))
        : new StepJson(
            FolderText.Of(step.Kind),
            PlanPhases.NameOf(step.Phase),
            FolderText.Of(step.Request.Physical.Value),
            FolderText.Of(step.Request.Virtual.Value),
            FolderText.Of(step.Request.Size),
            FolderText.Of(step.Request.Protection.PageBits),
            [.. _flags.Where(flag => step.Request.Flags.HasFlag(flag)).Select(FolderText.Of)],
            FolderText.Of(step.Root));

    private static PlanStep StepOf(string file, StepJson? step, int index)
    {
        string place = $"step {index + 1}";
        if (step is null)
        {
            throw TextFile.Error(file, $"{place} is null");
        }

        PlanStepKind kind = FolderText.Named<PlanStepKind>(file, $"the kind of {place}", step.Kind);
        PlanPhase phase = PlanPhases.Find(step.Phase)
            ?? throw TextFile.Error(
                file, $"the phase of {place} is {TextFile.Quote(step.Phase ?? "missing")}, which is none of {string.Join(", ", Enum.GetValues<PlanPhase>().Select(PlanPhases.NameOf))}");
        if (kind != PlanStepKind.Map)
        {
            return new PlanStep(kind, phase);
        }

        MapFlags flags = MapFlags.None;
        foreach (string flag in step.Flags ?? [])
        {
            flags |= FolderText.Named<MapFlags>(file, $"a flag of {place}", flag);
        }

        MapRequest request = new(
            new PhysicalAddress(FolderText.Number(file, $"the physical address of {place}", step.Physical)),
            new VirtualAddress(FolderText.Number(file, $"the virtual address of {place}", step.Virtual)),
            FolderText.Number(file, $"the size of {place}", step.Size),
            new Protection(FolderText.Number(file, $"the protection of {place}", step.Protection)),
            flags);
        return new PlanStep(kind, phase, request, FolderText.Named<PlanRoot>(file, $"the root of {place}", step.Root));
    }
}
