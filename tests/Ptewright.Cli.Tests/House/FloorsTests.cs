namespace Ptewright.Cli.Tests.House;

/// <summary>The floors of the house: who may use whom, between assemblies and between the folders of each. Read from what was compiled.</summary>
public sealed class FloorsTests
{
    /// <summary>Each assembly's floors from the ground up. A folder uses what is below it; folders that stand side by side on one floor do not use each other.</summary>
    private static readonly (string Assembly, string Root, string[] Floors)[] _house =
    [
        ("Ptewright.Core", "Ptewright",
        [
            "Addressing",
            "Translation",
            "Cpu Memory",
            "Access DeviceTree",
            "LinearMap",
            "Booting",
        ]),
        ("Ptewright", "Ptewright",
        [
            ".",
            "Texts Memory",
            "Files",
            "Images",
            "Walking",
            "Simulation Firmware Findings",
            "Kernels.Configuration Kernels.Symbols Kernels.Cpus",
            "Kernels.AddressSpace",
            "Kernels.Versions",
            "Kernels.Planning",
            "Kernels.Late",
            "Machines Captures Listing Comparing Decoding",
            "Discovery",
            "Verifying Strategies Checking Explaining",
        ]),
        ("Ptewright.Qemu", "Ptewright",
        [
            "Running",
            "Live Booting",
            "Counting",
        ]),
        ("Ptewright.Cli", "Ptewright.Cli",
        [
            "Output",
            "Options Parts",
            "Commands.Trace",
            "Commands.Bench Commands.Boot Commands.Capture Commands.Check Commands.Compare Commands.Count Commands.Decode Commands.Diff Commands.Explain Commands.Find Commands.Inspect Commands.List Commands.Map Commands.Verify Commands.Walk",
            ".",
        ]),
    ];

    /// <summary>Which assembly may refer to which others.</summary>
    private static readonly Dictionary<string, string[]> _below = new()
    {
        ["Ptewright.Core"] = [],
        ["Ptewright"] = ["Ptewright.Core"],
        ["Ptewright.Qemu"] = ["Ptewright", "Ptewright.Core"],
        ["Ptewright.Cli"] = ["Ptewright.Qemu", "Ptewright", "Ptewright.Core"],
    };

    private static readonly FolderGraph _graph = new([.. _house.Select(part => Path.Combine(AppContext.BaseDirectory, part.Assembly + ".dll"))]);

    public static TheoryData<string> Assemblies => [.. _house.Select(part => part.Assembly)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_folders_use_each_other_in_a_circle(string assembly) => AssertNone(
        _graph.Knots(assembly).Select(knot => string.Join("; ", knot.SelectMany(from => knot
            .Where(to => _graph.Arrows.ContainsKey((from, to)))
            .Select(to => $"{from.Name} -> {to.Name}: {_graph.Arrows[(from, to)].First()}")))));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Arrows_between_folders_only_go_down(string assembly) => AssertNone(_graph.Arrows
        .Where(arrow => arrow.Key.From.Assembly == assembly && arrow.Key.To.Assembly == assembly && FloorOf(arrow.Key.From) <= FloorOf(arrow.Key.To))
        .Select(arrow => $"{arrow.Key.From.Name} -> {arrow.Key.To.Name}: {string.Join(", ", arrow.Value)}"));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_folder_has_its_floor_and_every_floor_its_folders(string assembly)
    {
        (_, string root, string[] floors) = _house.Single(part => part.Assembly == assembly);
        Assert.Equal(
            floors.SelectMany(floor => floor.Split(' ')).Select(name => name == "." ? root : $"{root}.{name}").Order(),
            _graph.Folders.Where(folder => folder.Assembly == assembly).Select(folder => folder.Name).Order());
    }

    [Fact]
    public void Arrows_between_assemblies_only_go_down() =>
        AssertNone(_graph.References.Where(reference => !_below[reference.From].Contains(reference.To)).Select(reference => $"{reference.From} -> {reference.To}"));

    [Fact]
    public void A_namespace_is_a_folder() => AssertNone(_graph.Misplaced);

    [Fact]
    public void The_graph_sees_signatures_and_bodies_across_assemblies()
    {
        Assert.Contains("SourceOptions uses LiveSource", _graph.Arrows[(new("Ptewright.Cli", "Ptewright.Cli.Options"), new("Ptewright.Qemu", "Ptewright.Live"))]);
        Assert.Contains("TableWalker uses MemoryImage", _graph.Arrows[(new("Ptewright", "Ptewright.Walking"), new("Ptewright", "Ptewright.Images"))]);
    }

    // Whole lines: what is wrong is in their ends.
    private static void AssertNone(IEnumerable<string> wrong)
    {
        string[] lines = [.. wrong];
        Assert.True(lines.Length == 0, string.Join('\n', lines));
    }

    private static int FloorOf(FolderGraph.Folder folder)
    {
        (_, string root, string[] floors) = _house.Single(part => part.Assembly == folder.Assembly);
        string name = folder.Name == root ? "." : folder.Name[(root.Length + 1)..];
        return Array.FindIndex(floors, floor => floor.Split(' ').Contains(name));
    }
}
