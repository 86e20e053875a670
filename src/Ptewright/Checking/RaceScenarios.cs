using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>The scenarios of a kernel: every way in which two ranges can lie to each other and to the tables that stand.</summary>
/// <remarks>
/// <para>A range is described by the highest table that it needs and does not find: the one below an empty PGD entry, PUD entry, PMD entry, or none. Two ranges
/// under the same empty entry need the same new table; they part one level below.</para>
/// <para>A range is one page: it takes each lock and each slot once, which more pages would only do again. Real memory comes in sections or parts of
/// them, so not every way occurs with every granule: 4K pages never have two such ranges in one PTE table.</para>
/// </remarks>
internal sealed class RaceScenarios
{
    private const int NothingMissing = 3;

    private readonly TableGeometry _geometry;
    private readonly MapRequest _boot;
    private readonly VirtualAddress _earlier;
    private readonly Protection _protection;
    private readonly Protection _readOnly;
    private readonly ulong _limit;

    private RaceScenarios(RaceMachine machine, int physicalAddressBits)
    {
        TableSettings settings = machine.Settings;
        _geometry = settings.Geometry;
        _boot = machine.Boot;
        _earlier = machine.Earlier;
        bool notGlobal = (machine.Plan.WindowProtection.PageBits & DescriptorBits.NotGlobal) != 0;
        _protection = Protection.Create(ProtectionKind.KernelTagged, notGlobal, settings.Format.IsLpa2);
        _readOnly = Protection.Create(ProtectionKind.KernelReadOnly, notGlobal, settings.Format.IsLpa2);
        _limit = 1UL << Math.Min(settings.Format.AddressBits, physicalAddressBits);
    }

    /// <summary>The scenarios of a kernel whose linear map stands.</summary>
    /// <param name="machine">The kernel.</param>
    /// <param name="physicalAddressBits">How much memory the CPU can address.</param>
    public static IReadOnlyList<RaceScenario> Of(RaceMachine machine, int physicalAddressBits)
    {
        RaceScenarios all = new(machine, physicalAddressBits);
        return [.. all.Same().Concat(all.Different()).Concat(all.WithProtection()).Where(scenario => all.Fits(scenario.A) && all.Fits(scenario.B))];
    }

    private IEnumerable<RaceScenario> Same()
    {
        for (int level = _geometry.WalkRootLevel; level < NothingMissing; level++)
        {
            ulong apart = 1UL << _geometry.Shift(level + 1);
            yield return new RaceScenario($"A and B under the same empty {Name(level)} entry", Add(level, 1, 0), Add(level, 1, apart));
        }
    }

    private IEnumerable<RaceScenario> Different()
    {
        for (int a = _geometry.WalkRootLevel; a <= NothingMissing; a++)
        {
            for (int b = a; b <= NothingMissing; b++)
            {
                string name = a != b ? $"A {Under(a)}, B {Under(b)}"
                    : a == NothingMissing ? $"A and B {Under(a)}"
                    : $"A and B under different empty {Name(a)} entries";
                yield return new RaceScenario(name, Add(a, 1, 0), Add(b, a == b ? 2UL : 1, 0));
            }
        }

        yield return new RaceScenario("A in tables that exist, B in others that exist", Add(NothingMissing, 1, 0), Add(_earlier + _geometry.PageSize));
    }

    private IEnumerable<RaceScenario> WithProtection()
    {
        MapRequest change = new(_boot.Physical, _boot.Virtual, _geometry.PageSize, _readOnly, MapFlags.None);
        for (int level = _geometry.WalkRootLevel; level <= NothingMissing; level++)
        {
            yield return new RaceScenario(
                $"A {Under(level)}, B makes a mapped page read-only", Add(level, 1, 0), new RaceTask(RaceWork.ChangeProtection, change));
        }
    }

    // A page whose walk finds tables down to and including the given level, whose entry is empty; the number tells such entries apart.
    private RaceTask Add(int level, ulong number, ulong beyond)
    {
        ulong entry = 1UL << _geometry.Shift(level);
        ulong first = level == NothingMissing ? (_boot.Virtual + _boot.Size).Value - entry : _boot.Virtual.Value & ~(entry - 1);
        return Add(new VirtualAddress(first + (number * entry) + beyond));
    }

    private RaceTask Add(VirtualAddress address)
    {
        PhysicalAddress physical = _boot.Physical + (address.Value - _boot.Virtual.Value);
        MapFlags flags = MapFlags.NoBlock | MapFlags.NoContiguous | MapFlags.NoExec;
        return new RaceTask(RaceWork.AddMemory, new MapRequest(physical, address, _geometry.PageSize, _protection, flags));
    }

    // Few and large root entries may not have another one inside the linear map, or none that the CPU can address.
    private bool Fits(RaceTask task) =>
        task.Request.Virtual >= _boot.Virtual
            && task.Request.Virtual < _geometry.PageEnd
            && (task.Request.Physical + task.Request.Size).Value <= _limit;

    private string Under(int level) => level == NothingMissing ? "in tables that exist" : $"under an empty {Name(level)} entry";

    private string Name(int level) => level == _geometry.WalkRootLevel ? "PGD" : level switch
    {
        0 => "P4D",
        1 => "PUD",
        _ => "PMD",
    };
}
