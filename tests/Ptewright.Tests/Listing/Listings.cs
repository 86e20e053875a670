using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Walking;

namespace Ptewright.Tests.Listing;

/// <summary>Lists what a simulation built as a kernel would that did not build it.</summary>
internal static class Listings
{
    /// <summary>Lists it.</summary>
    public static void List(this LinearMapSimulation simulation, TextWriter output, KernelProfile kernel)
    {
        using SimulationImage image = new(simulation.Memory, new ImageRegisters());
        PtdumpLister.List(output, image, BuiltTables.RootOf(simulation.Plan.Settings.Geometry, simulation.Plan.Settings.Format, simulation.Root), simulation.Plan.Settings.Geometry, kernel);
    }
}
